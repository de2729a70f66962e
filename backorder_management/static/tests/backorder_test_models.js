import {defineMailModels} from "@mail/../tests/mail_test_helpers";
import {defineModels, fields, models} from "@web/../tests/web_test_helpers";

export class SaleBackorder extends models.Model {
    _name = "sale.backorder";

    name = fields.Char();
    user_id = fields.Many2one({relation: "res.users"});
    state = fields.Selection({
        selection: [
            ["open", "Waiting"],
            ["ready", "Ready"],
            ["done", "Fulfilled"],
        ],
    });
    check_stock = fields.Boolean();
    is_overdue = fields.Boolean();
    promised_date = fields.Date();
    expected_date = fields.Date();

    _records = [
        {
            id: 1,
            name: "BO/1",
            state: "ready",
            promised_date: "2026-03-10",
            expected_date: "2026-03-09",
        },
        {
            id: 2,
            name: "BO/2",
            state: "open",
            promised_date: "2026-03-10",
            expected_date: "2026-03-12",
        },
        {id: 3, name: "BO/3", state: "open", expected_date: "2026-03-12"},
        {id: 4, name: "BO/4", state: "open"},
        {
            id: 5,
            name: "BO/5",
            state: "open",
            promised_date: "2026-03-01",
            is_overdue: true,
        },
        {id: 6, name: "BO/6", state: "done", promised_date: "2026-02-01"},
    ];
}

export class SaleBackorderLine extends models.Model {
    _name = "sale.backorder.line";

    name = fields.Char();

    _records = [{id: 7, name: "Oak chair"}];
}

export function defineBackorderModels() {
    defineMailModels();
    defineModels([SaleBackorder, SaleBackorderLine]);
}
