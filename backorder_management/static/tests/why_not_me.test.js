import {expect, test} from "@odoo/hoot";
import {press, queryAllTexts} from "@odoo/hoot-dom";
import {animationFrame, mockDate} from "@odoo/hoot-mock";
import {
    contains,
    defineModels,
    fields,
    models,
    mountView,
    onRpc,
} from "@web/../tests/web_test_helpers";
import {SaleBackorderLine, defineBackorderModels} from "./backorder_test_models";

class OrderLine extends models.Model {
    _name = "sale.order.line";

    name = fields.Char();
    backorder_qty_short = fields.Float();

    _records = [
        {id: 3, name: "Kit", backorder_qty_short: 2},
        {id: 4, name: "Desk", backorder_qty_short: 0},
    ];
}

defineBackorderModels();
defineModels([OrderLine]);
SaleBackorderLine._fields.qty_short = fields.Float();
SaleBackorderLine._records = [
    {id: 7, name: "Oak chair", qty_short: 4},
    {id: 8, name: "Desk", qty_short: 0},
];

const POPOVER = ".o_backorder_why_not_me_popover";
const ANSWER = {
    line_id: 7,
    product: "Oak chair",
    uom: "Units",
    quantity: 4,
    rank: 3,
    of: 7,
    policy: "First come, first served",
    reason: "outranked",
    text: "The 2 orders before it hold 9 Units.",
    also: [{code: "other_warehouse", text: "5 Units are free in warehouse North."}],
    ahead: [
        {
            order: "S00012",
            partner: "Baker & Sons",
            quantity: 1.5,
            reserved: 6,
            promised: "2026-03-12",
            expected: false,
        },
        {
            order: "another order",
            partner: false,
            quantity: 0,
            reserved: 3,
            promised: false,
            expected: false,
        },
    ],
    ahead_count: 4,
    ahead_qty: 1.5,
    supply: false,
    unblock: {code: "raise", text: "Give priority above S00012"},
};

async function mountItems(answer = ANSWER) {
    mockDate("2026-03-05 10:00:00");
    onRpc("sale.backorder.line", "explain", ({args}) => {
        expect.step(["explain", ...args[0]]);
        return answer;
    });
    await mountView({
        type: "list",
        resModel: "sale.backorder.line",
        arch: `<list><field name="name"/><widget name="backorder_why_not_me"/></list>`,
    });
}

test("only where something is short, and read on click only", async () => {
    await mountItems();
    expect(".o_backorder_why_not_me").toHaveCount(1);
    expect(".o_backorder_why_not_me").toHaveAttribute("aria-label", "Why not me?");
    expect.verifySteps([]);
    await contains(".o_backorder_why_not_me").click();
    expect.verifySteps([["explain", 7]]);
    expect(`${POPOVER} .o_backorder_why_text`).toHaveText(ANSWER.text);
    expect(`${POPOVER} .o_backorder_why_rank`).toHaveText(/3 of 7/);
    expect(`${POPOVER} .o_backorder_why_rank`).toHaveText(/First come, first served/);
    expect(`${POPOVER} .o_backorder_why_unblock`).toHaveText(
        /Give priority above S00012/,
    );
});

test("who is before it, how many more, and what else was found", async () => {
    await mountItems();
    await contains(".o_backorder_why_not_me").click();
    expect.verifySteps([["explain", 7]]);
    expect(queryAllTexts(`${POPOVER} tbody td:first-child`)).toEqual([
        "S00012, Baker & Sons\nMar 12",
        "another order",
    ]);
    expect(queryAllTexts(`${POPOVER} tbody td:not(:first-child)`)).toEqual([
        "1.5",
        "6",
        "0",
        "3",
    ]);
    expect(POPOVER).toHaveText(/and 2 more/);
    expect(queryAllTexts(`${POPOVER} .o_backorder_why_also li`)).toEqual([
        "5 Units are free in warehouse North.",
    ]);
});

test("opens and closes with the keyboard", async () => {
    await mountItems();
    document.querySelector(".o_backorder_why_not_me").focus();
    await press("Enter");
    await animationFrame();
    expect.verifySteps([["explain", 7]]);
    expect(POPOVER).toHaveCount(1);
    expect(`${POPOVER} .btn-close`).toBeFocused();
    await press("Escape");
    await animationFrame();
    expect(POPOVER).toHaveCount(0);
    expect(".o_backorder_why_not_me").toBeFocused();
});

test("first in line, and nothing else to say", async () => {
    await mountItems({
        ...ANSWER,
        rank: 0,
        of: 0,
        ahead: [],
        ahead_count: 0,
        also: [],
        unblock: false,
    });
    await contains(".o_backorder_why_not_me").click();
    expect.verifySteps([["explain", 7]]);
    expect(`${POPOVER} table, ${POPOVER} ul, ${POPOVER} .alert`).toHaveCount(0);
    expect(`${POPOVER} .o_backorder_why_rank`).toHaveCount(0);
});

test("an order line explains each component that is open", async () => {
    onRpc("sale.order.line", "explain_backorder", ({args}) => {
        expect(args).toEqual([[3]]);
        return [
            {...ANSWER, line_id: 7, product: "Table top"},
            {...ANSWER, line_id: 8, product: "Leg"},
        ];
    });
    await mountView({
        type: "list",
        resModel: "sale.order.line",
        arch: `<list><field name="name"/><widget name="backorder_order_line_why_not_me"/></list>`,
    });
    expect(".o_backorder_why_not_me").toHaveCount(1);
    await contains(".o_backorder_why_not_me").click();
    expect(queryAllTexts(`${POPOVER} section > .fw-bold`)).toEqual([
        "Table top",
        "Leg",
    ]);
});
