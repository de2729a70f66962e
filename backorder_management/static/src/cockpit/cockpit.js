import {Component, onWillStart, useState} from "@odoo/owl";
import {Layout} from "@web/search/layout";
import {registry} from "@web/core/registry";
import {useService} from "@web/core/utils/hooks";
import {useSetupAction} from "@web/search/action_hook";
import {formatCurrency} from "@web/core/currency";
import {formatFloat} from "@web/views/fields/formatters";
import {standardActionServiceProps} from "@web/webclient/actions/action_service";
import {_t} from "@web/core/l10n/translation";
import {CockpitChart} from "./cockpit_chart";

const COLORS = {
    overdue: "danger",
    ready: "success",
    no_date: "info",
    to_call: "warning",
    to_approve: "primary",
};

/**
 * The first screen of planners. It computes nothing: what it shows comes from one call, and each
 * number opens the list that it counts.
 */
export class BackorderCockpit extends Component {
    static template = "backorder_management.Cockpit";
    static components = {Layout, CockpitChart};
    static props = {...standardActionServiceProps};

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        const all = {warehouse_ids: 0, team_ids: 0, user_ids: 0, months: 12};
        // who comes back from a list finds what he chose
        this.chosen = {...all, ...this.props.state?.chosen};
        useSetupAction({getLocalState: () => ({chosen: {...this.chosen}})});
        this.state = useState({data: null});
        this.display = {controlPanel: {}};
        this.formatCount = (value) => formatFloat(value, {trailingZeros: false});
        this.formatShare = (value) => `${formatFloat(100 * value, {digits: [0, 1]})} %`;
        onWillStart(() => this.load());
    }

    async load() {
        const {months, ...ids} = this.chosen;
        const kwargs = Object.fromEntries(
            Object.entries(ids).map(([name, id]) => [name, id ? [id] : null]),
        );
        this.state.data = await this.orm.call("backorder.cockpit", "get_data", [], {
            ...kwargs,
            months,
        });
    }

    get selects() {
        const {warehouses, teams, users} = this.state.data.filters;
        return [
            {name: "warehouse_ids", all: _t("All warehouses"), options: warehouses},
            {name: "team_ids", all: _t("All teams"), options: teams},
            {name: "user_ids", all: _t("All salespeople"), options: users},
        ].filter(({name, options}) => options.length > 1 || this.chosen[name]);
    }

    get periods() {
        return [
            [6, _t("Trend over 6 months")],
            [12, _t("Trend over 12 months")],
            [24, _t("Trend over 24 months")],
        ];
    }

    get totals() {
        const {backorders, items, customers, quantity, value} = this.state.data.totals;
        const {lists} = this.state.data;
        const byCustomer = {...lists.items, context: {group_by: ["partner_id"]}};
        return [
            {label: _t("Open value"), text: this.formatMoney(value), ...lists.value},
            {
                label: _t("Backorders"),
                text: this.formatCount(backorders),
                ...lists.backorders,
            },
            {label: _t("Items"), text: this.formatCount(items), ...lists.items},
            {label: _t("Customers"), text: this.formatCount(customers), ...byCustomer},
            {
                label: _t("Open quantity"),
                text: this.formatCount(quantity),
                ...lists.items,
            },
        ];
    }

    get tables() {
        const {products, customers, vendors} = this.state.data;
        return [
            {name: "products", title: _t("Products"), rows: products},
            {name: "customers", title: _t("Customers"), rows: customers},
            {name: "vendors", title: _t("Vendors"), rows: vendors},
        ].filter(({rows}) => rows.length);
    }

    get timeline() {
        return this.state.data.timeline.map((part) => ({...part, value: part.count}));
    }

    get ages() {
        return this.state.data.ages.map((part) => ({...part, value: part.count}));
    }

    get trend() {
        return this.state.data.trend.map((month) => ({
            ...month,
            // a month without orders has no rate
            value: month.orders ? month.rate : null,
        }));
    }

    formatMoney(value) {
        return formatCurrency(value, this.state.data.currency_id, {digits: [0, 0]});
    }

    getColor(tile) {
        const color = tile.count || tile.parts.length ? COLORS[tile.code] : "secondary";
        return `bg-${color}-subtle text-${color}-emphasis`;
    }

    choose(name, ev) {
        this.chosen[name] = Number(ev.target.value);
        return this.load();
    }

    open({label, model, domain, context = {}}) {
        return this.action.doAction({
            type: "ir.actions.act_window",
            name: label,
            res_model: model,
            domain,
            context,
            // rows of a report have no form of their own
            views: (model.endsWith(".report") ? ["list"] : ["list", "form"]).map(
                (view) => [false, view],
            ),
        });
    }
}

registry.category("actions").add("backorder_cockpit", BackorderCockpit);
