import {Component, onWillStart, onWillUpdateProps} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";
import {useService} from "@web/core/utils/hooks";

/**
 * The filters that a tile replaces: the other tiles, and what would leave nothing to show.
 */
const REPLACED = ["closed", "cancelled"];

/**
 * Four tiles above the list: what a planner looks at first. A tile is a search filter, and counts
 * what its filter shows: all backorders of the user, or only *My* when that filter is on.
 */
export class BackorderDashboard extends Component {
    static template = "backorder_management.Dashboard";
    static props = {list: {type: Object, optional: true}};

    setup() {
        this.orm = useService("orm");
        onWillStart(() => this.load());
        onWillUpdateProps(() => this.load());
    }

    async load() {
        this.counts = await this.orm.call("sale.backorder", "retrieve_dashboard");
    }

    get tiles() {
        const counts = this.counts[this.isActive("my") ? "my" : "all"];
        return [
            {name: "ready", label: _t("Ready"), color: "success"},
            {name: "overdue", label: _t("Overdue"), color: "danger"},
            {name: "no_date", label: _t("No date"), color: "info"},
            {name: "check_stock", label: _t("Check stock"), color: "warning"},
        ].map((tile) => ({
            ...tile,
            count: counts[tile.name],
            active: this.isActive(tile.name),
        }));
    }

    getFilter(name) {
        const [filter] = this.env.searchModel.getSearchItems(
            (item) => item.type === "filter" && item.name === name,
        );
        return filter;
    }

    isActive(name) {
        return Boolean(this.getFilter(name)?.isActive);
    }

    getClassName(tile) {
        const color = tile.count ? tile.color : "secondary";
        const active = tile.active ? " o_backorder_tile_active" : "";
        return `bg-${color}-subtle text-${color}-emphasis${active}`;
    }

    toggle(tile) {
        const {searchModel} = this.env;
        const others = this.tiles
            .map(({name}) => name)
            .filter((name) => name !== tile.name);
        const replaced = [...others, ...REPLACED].map(
            (name) => this.getFilter(name)?.id,
        );
        // one notification for all changes: the list is read once
        searchModel.query = searchModel.query.filter(
            ({searchItemId}) => !replaced.includes(searchItemId),
        );
        searchModel.toggleSearchItem(this.getFilter(tile.name).id);
    }
}
