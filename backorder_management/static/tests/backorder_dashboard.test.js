import {beforeEach, expect, test} from "@odoo/hoot";
import {queryAllTexts} from "@odoo/hoot-dom";
import {animationFrame, mockDate} from "@odoo/hoot-mock";
import {
    contains,
    getFacetTexts,
    mountView,
    onRpc,
} from "@web/../tests/web_test_helpers";
import {defineBackorderModels} from "./backorder_test_models";

defineBackorderModels();

const SEARCH = `
    <search>
        <filter name="open" string="Open" domain="[('state', 'in', ('open', 'ready'))]"/>
        <filter name="closed" string="Closed" domain="[('state', '=', 'done')]"/>
        <filter name="cancelled" string="Cancelled" domain="[('state', '=', 'cancel')]"/>
        <separator/>
        <filter name="my" string="My" domain="[('id', '=', 5)]"/>
        <separator/>
        <filter name="ready" string="Ready" domain="[('state', '=', 'ready')]"/>
        <filter name="check_stock" string="Check stock" domain="[('check_stock', '=', True)]"/>
        <separator/>
        <filter name="overdue" string="Overdue" domain="[('is_overdue', '=', True)]"/>
        <filter name="no_date" string="No date" domain="[('expected_date', '=', False)]"/>
    </search>`;

const LIST = `
    <list js_class="sale_backorder_list">
        <field name="name"/>
        <field name="promised_date" widget="backorder_date"/>
    </list>`;

beforeEach(() => {
    mockDate("2026-03-05 10:00:00");
    onRpc("sale.backorder", "retrieve_dashboard", () => ({
        all: {ready: 1, overdue: 1, no_date: 2, check_stock: 0},
        my: {ready: 0, overdue: 1, no_date: 1, check_stock: 0},
    }));
});

const mountList = (context = {search_default_open: 1}) =>
    mountView({
        type: "list",
        resModel: "sale.backorder",
        arch: LIST,
        searchViewArch: SEARCH,
        context,
    });

const tile = (name) => contains(`.o_backorder_tile[data-name=${name}]`);

test("four tiles above the list", async () => {
    await mountList();
    expect(queryAllTexts(".o_backorder_tile")).toEqual([
        "1\nReady",
        "1\nOverdue",
        "2\nNo date",
        "0\nCheck stock",
    ]);
    expect(".o_data_row").toHaveCount(5);
});

test("a tile switches its filter on and off, and replaces another tile", async () => {
    await mountList();
    await tile("ready").click();
    expect(getFacetTexts()).toEqual(["Open", "Ready"]);
    expect(".o_backorder_tile[data-name=ready]").toHaveAttribute(
        "aria-pressed",
        "true",
    );
    expect(".o_data_row").toHaveCount(1);

    await tile("overdue").click();
    expect(getFacetTexts()).toEqual(["Open", "Overdue"]);
    expect(".o_backorder_tile[data-name=ready]").toHaveAttribute(
        "aria-pressed",
        "false",
    );

    await tile("overdue").click();
    expect(getFacetTexts()).toEqual(["Open"]);
    expect(".o_data_row").toHaveCount(5);
});

test("a tile replaces the filter of closed backorders", async () => {
    await mountList({search_default_closed: 1});
    expect(".o_data_row").toHaveCount(1);
    await tile("ready").click();
    expect(getFacetTexts()).toEqual(["Ready"]);
});

test("with the filter My the tiles count mine", async () => {
    await mountList({search_default_open: 1, search_default_my: 1});
    expect(queryAllTexts(".o_backorder_tile .fs-2")).toEqual(["0", "1", "1", "0"]);
});

test("the tiles are above the cards, too", async () => {
    await mountView({
        type: "kanban",
        resModel: "sale.backorder",
        arch: `
            <kanban js_class="sale_backorder_kanban">
                <templates><t t-name="card"><field name="name"/></t></templates>
            </kanban>`,
        searchViewArch: SEARCH,
    });
    expect(".o_backorder_tile").toHaveCount(4);
});

test("one date per row: promised, else expected, else none", async () => {
    await mountList({});
    await animationFrame();
    const cell = (row) => `.o_data_row:eq(${row}) [name=promised_date] > span`;
    expect(
        queryAllTexts("td[name=promised_date]").map((text) => text.split("\n").pop()),
    ).toEqual(["Mar 10", "Mar 10", "Mar 12", "No date", "Mar 1", "Feb 1"]);
    expect(cell(0)).not.toHaveClass("text-danger");
    // expected later than promised
    expect(cell(1)).toHaveClass("text-danger");
    expect(cell(2)).toHaveClass("text-muted");
    expect(cell(3)).toHaveClass("text-muted");
    // overdue
    expect(cell(4)).toHaveClass("text-danger");
});
