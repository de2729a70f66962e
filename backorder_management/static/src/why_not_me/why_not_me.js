import {Component} from "@odoo/owl";
import {deserializeDate} from "@web/core/l10n/dates";
import {_t} from "@web/core/l10n/translation";
import {usePopover} from "@web/core/popover/popover_hook";
import {registry} from "@web/core/registry";
import {useService} from "@web/core/utils/hooks";
import {formatFloat} from "@web/core/utils/numbers";
import {formatDate} from "@web/views/fields/formatters";
import {standardWidgetProps} from "@web/views/widgets/standard_widget_props";

export class WhyNotMePopover extends Component {
    static template = "backorder_management.WhyNotMePopover";
    static props = {
        answers: Array,
        close: {type: Function, optional: true},
    };

    formatQuantity(quantity) {
        return formatFloat(quantity, {trailingZeros: false});
    }

    formatAheadDate({promised, expected}) {
        const date = promised || expected;
        return date ? formatDate(deserializeDate(date)) : "";
    }

    getRank({rank, of, policy}) {
        return _t("Number %(rank)s of %(of)s, by %(policy)s", {rank, of, policy});
    }

    /** How many are before it and not listed by name. */
    getMore({ahead, ahead_count: count}) {
        return count - ahead.length;
    }
}

/**
 * Asks the server only when a person wants to know. On an order line it explains all that is open
 * of the line: a kit has several.
 */
export class WhyNotMe extends Component {
    static template = "backorder_management.WhyNotMe";
    static props = {
        ...standardWidgetProps,
        method: String,
        quantity: String,
    };

    setup() {
        this.orm = useService("orm");
        this.popover = usePopover(WhyNotMePopover, {
            position: "left",
            useBottomSheet: this.env.isSmall,
            class: "o_backorder_why_not_me_popover",
            popoverClass: "o_backorder_why_not_me_popover",
        });
    }

    get isVisible() {
        const {record, quantity} = this.props;
        return Boolean(record.resId && record.data[quantity] > 0);
    }

    async open(ev) {
        const target = ev.currentTarget;
        const {resModel, resId} = this.props.record;
        const answer = await this.orm.call(resModel, this.props.method, [[resId]]);
        this.popover.open(target, {answers: [answer].flat()});
    }
}

export const whyNotMe = {
    component: WhyNotMe,
    fieldDependencies: [{name: "qty_short", type: "float"}],
    extractProps: () => ({method: "explain", quantity: "qty_short"}),
    listViewWidth: 36,
};

export const orderLineWhyNotMe = {
    ...whyNotMe,
    fieldDependencies: [{name: "backorder_qty_short", type: "float"}],
    extractProps: () => ({
        method: "explain_backorder",
        quantity: "backorder_qty_short",
    }),
};

registry.category("view_widgets").add("backorder_why_not_me", whyNotMe);
registry
    .category("view_widgets")
    .add("backorder_order_line_why_not_me", orderLineWhyNotMe);
