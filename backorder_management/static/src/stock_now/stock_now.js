import {Component} from "@odoo/owl";
import {deserializeDate} from "@web/core/l10n/dates";
import {_t} from "@web/core/l10n/translation";
import {usePopover} from "@web/core/popover/popover_hook";
import {registry} from "@web/core/registry";
import {useService} from "@web/core/utils/hooks";
import {formatFloat} from "@web/core/utils/numbers";
import {formatDate} from "@web/views/fields/formatters";
import {standardWidgetProps} from "@web/views/widgets/standard_widget_props";

export class StockNowPopover extends Component {
    static template = "backorder_management.StockNowPopover";
    static props = {
        stock: Object,
        openLink: Function,
        openDocument: Function,
        close: {type: Function, optional: true},
    };

    /** One row per quantity: its label, and the method that opens what it counts. */
    get rows() {
        const {on_hand, reserved_others, free} = this.props.stock;
        return [
            {label: _t("On hand"), quantity: on_hand, method: "action_open_quants"},
            {
                label: _t("Reserved for others"),
                quantity: reserved_others,
                method: "action_open_reserved",
            },
            {label: _t("Free"), quantity: free, method: "action_open_quants"},
        ];
    }

    get receipt() {
        return this.props.stock.next_receipt;
    }

    get receiptDate() {
        return this.receipt.date
            ? formatDate(deserializeDate(this.receipt.date))
            : _t("no date");
    }

    get others() {
        return this.props.stock.others_waiting;
    }

    formatQuantity(quantity) {
        return formatFloat(quantity, {trailingZeros: false});
    }
}

/**
 * Asks the server only when a person wants to know: nothing is read with the list.
 */
export class StockNow extends Component {
    static template = "backorder_management.StockNow";
    static props = {...standardWidgetProps};

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.popover = usePopover(StockNowPopover, {
            position: "left",
            popoverClass: "o_backorder_stock_now_popover",
        });
    }

    get resId() {
        return this.props.record.resId;
    }

    async open(ev) {
        const target = ev.currentTarget;
        const stock = await this.call("get_stock_now");
        this.popover.open(target, {
            stock,
            openLink: (method) => this.openLink(method),
            openDocument: (document) => this.openDocument(document),
        });
    }

    async openLink(method) {
        const action = await this.call(method);
        this.popover.close();
        await this.action.doAction(action);
    }

    async openDocument({model, id}) {
        this.popover.close();
        await this.action.doAction({
            type: "ir.actions.act_window",
            res_model: model,
            res_id: id,
            views: [[false, "form"]],
        });
    }

    call(method) {
        return this.orm.call("sale.backorder.line", method, [[this.resId]]);
    }
}

export const stockNow = {component: StockNow, listViewWidth: 110};

registry.category("view_widgets").add("backorder_stock_now", stockNow);
