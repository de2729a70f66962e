import {expect, test} from "@odoo/hoot";
import {queryAllTexts} from "@odoo/hoot-dom";
import {
    contains,
    mockService,
    mountView,
    onRpc,
    patchWithCleanup,
} from "@web/../tests/web_test_helpers";
import {defineBackorderModels} from "./backorder_test_models";

defineBackorderModels();

const STOCK = {
    on_hand: 12,
    reserved_others: 7.5,
    free: 4.5,
    uom: "Units",
    next_receipt: {
        date: "2026-03-12",
        quantity: 30,
        name: "P00013",
        model: "stock.picking",
        id: 42,
    },
    others_waiting: {count: 2, quantity: 7},
};

const mountForm = () =>
    mountView({
        type: "form",
        resModel: "sale.backorder",
        resId: 1,
        arch: `<form><header><widget name="backorder_copy_status"/></header></form>`,
    });

async function openStockNow(stock) {
    onRpc("sale.backorder.line", "get_stock_now", ({args}) => {
        expect.step(["get_stock_now", ...args[0]]);
        return stock;
    });
    await mountView({
        type: "list",
        resModel: "sale.backorder.line",
        arch: `<list><field name="name"/><widget name="backorder_stock_now"/></list>`,
    });
    expect.verifySteps([]);
    await contains(".o_backorder_stock_now").click();
    expect.verifySteps([["get_stock_now", 7]]);
}

test("copy status puts the answer on the clipboard", async () => {
    onRpc("sale.backorder", "get_status_text", ({args}) => {
        expect(args).toEqual([[1]]);
        return "Of your order S1 we still owe you 2 chairs. We expect to ship it on March 12.";
    });
    patchWithCleanup(navigator.clipboard, {
        writeText: async (text) => expect.step(text),
    });
    await mountForm();
    await contains(".o_backorder_copy_status").click();
    expect.verifySteps([
        "Of your order S1 we still owe you 2 chairs. We expect to ship it on March 12.",
    ]);
    expect(".o_notification .o_notification_bar.bg-success").toHaveCount(1);
});

test("without a clipboard the answer is shown to copy by hand", async () => {
    onRpc(
        "sale.backorder",
        "get_status_text",
        () => "Of your order S1 we owe you 2 chairs.",
    );
    patchWithCleanup(navigator.clipboard, {
        writeText: async () => {
            throw new Error("no permission");
        },
    });
    await mountForm();
    await contains(".o_backorder_copy_status").click();
    expect(".o_notification").toHaveText(/we owe you 2 chairs/);
});

test("stock now reads on click only, and shows all numbers", async () => {
    await openStockNow(STOCK);
    expect(queryAllTexts(".o_backorder_stock_now_popover tr td:last-child")).toEqual([
        "12",
        "7.5",
        "4.5",
        "30",
        "7",
    ]);
    expect(".o_backorder_stock_now_popover").toHaveText(/P00013, Mar 12/);
    expect(".o_backorder_stock_now_popover").toHaveText(/2 customers/);
});

test("each number of stock now opens what it counts", async () => {
    mockService("action", {
        doAction: (action) => expect.step(action.res_model),
    });
    onRpc("sale.backorder.line", "action_open_reserved", () => ({
        type: "ir.actions.act_window",
        res_model: "stock.move.line",
    }));
    await openStockNow(STOCK);
    await contains("[data-method=action_open_reserved]").click();
    expect.verifySteps(["stock.move.line"]);
    expect(".o_backorder_stock_now_popover").toHaveCount(0);

    await contains(".o_backorder_stock_now").click();
    await contains(".o_backorder_receipt").click();
    expect.verifySteps([["get_stock_now", 7], "stock.picking"]);
});

test("stock now without a receipt and without others", async () => {
    await openStockNow({
        ...STOCK,
        next_receipt: false,
        others_waiting: {count: 0, quantity: 0},
    });
    expect(queryAllTexts(".o_backorder_stock_now_popover tr td:last-child")).toEqual([
        "12",
        "7.5",
        "4.5",
        "none",
        "none",
    ]);
});
