import {Component} from "@odoo/owl";
import {browser} from "@web/core/browser/browser";
import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {useService} from "@web/core/utils/hooks";
import {standardWidgetProps} from "@web/views/widgets/standard_widget_props";

/**
 * Puts a two-sentence answer in the customer's language on the clipboard.
 */
export class CopyStatus extends Component {
    static template = "backorder_management.CopyStatus";
    static props = {
        ...standardWidgetProps,
        iconOnly: {type: Boolean, optional: true},
    };

    setup() {
        this.orm = useService("orm");
        this.notification = useService("notification");
    }

    async copy() {
        const {resModel, resId} = this.props.record;
        const text = await this.orm.call(resModel, "get_status_text", [[resId]]);
        try {
            await browser.navigator.clipboard.writeText(text);
            this.notification.add(text, {title: _t("Copied"), type: "success"});
        } catch {
            // Browsers give no clipboard to pages that are not served over https: show the
            // text long enough to copy it by hand.
            this.notification.add(text, {
                title: _t("Copy this text"),
                type: "info",
                sticky: true,
            });
        }
    }
}

export const copyStatus = {
    component: CopyStatus,
    extractProps: ({options}) => ({iconOnly: Boolean(options.icon_only)}),
};

registry.category("view_widgets").add("backorder_copy_status", copyStatus);
