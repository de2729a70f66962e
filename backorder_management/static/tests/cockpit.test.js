import {beforeEach, expect, test} from "@odoo/hoot";
import {
    contains,
    getService,
    mountWithCleanup,
    onRpc,
    preloadBundle,
} from "@web/../tests/web_test_helpers";
import {WebClient} from "@web/webclient/webclient";
import {defineBackorderModels} from "./backorder_test_models";

defineBackorderModels();
preloadBundle("web.chartjs_lib");

const list = (domain) => ({model: "sale.backorder", domain});

const DATA = {
    tiles: [
        {code: "ready", label: "Ready", count: 2, parts: [], ...list([["id", "=", 1]])},
    ],
    totals: {backorders: 2, items: 3, customers: 2, quantity: 12, value: 72},
    lists: {
        backorders: list([]),
        items: list([["id", "=", 2]]),
        value: list([["id", "=", 3]]),
    },
    ages: [],
    timeline: [],
    products: [],
    customers: [],
    vendors: [],
    trend: [],
    filters: {
        warehouses: [],
        teams: [],
        users: [
            [6, "Ann"],
            [7, "Bob"],
        ],
    },
    currency_id: 1,
};

beforeEach(() => {
    onRpc("backorder.cockpit", "get_data", ({kwargs}) => {
        expect.step(`user ${kwargs.user_ids}, ${kwargs.months} months`);
        return DATA;
    });
    onRpc("sale.backorder", "web_search_read", ({kwargs}) => {
        expect.step(JSON.stringify(kwargs.domain));
    });
});

async function openCockpit() {
    await mountWithCleanup(WebClient);
    await getService("action").doAction("backorder_cockpit");
}

test("the open value opens what adds up to it", async () => {
    await openCockpit();
    await contains("button:contains(Open value)").click();
    expect(".o_list_view").toHaveCount(1);
    expect.verifySteps(["user null, 12 months", '[["id","=",3]]']);
});

test("the chosen filters are still there after a list", async () => {
    await openCockpit();
    await contains("select[name=user_ids]").select("7");
    await contains("select[name=months]").select("6");
    expect("select[name=months] option:checked").toHaveText("Trend over 6 months");
    await contains("button[name=ready]").click();
    await contains(".o_back_button").click();
    expect("select[name=user_ids]").toHaveValue("7");
    expect("select[name=months]").toHaveValue("6");
    expect.verifySteps([
        "user null, 12 months",
        "user 7, 12 months",
        "user 7, 6 months",
        '[["id","=",1]]',
        "user 7, 6 months",
    ]);
});
