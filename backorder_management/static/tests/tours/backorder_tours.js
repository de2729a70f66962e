import {registry} from "@web/core/registry";
import {stepUtils} from "@web_tour/tour_utils";

/** Starts on a confirmed order that is covered by stock: the customer wants to wait. */
registry.category("web_tour.tours").add("backorder_create", {
    steps: () => [
        {
            content: "Open the tab with the delivery",
            trigger: ".o_notebook_headers a[name=other_information]",
            run: "click",
        },
        {
            content: "Ask why there is no backorder",
            trigger: "[name=why_no_backorder] button",
            run: "click",
        },
        {
            content: "The answer offers to create one",
            trigger: ".modal footer button[name=action_show_items]",
            run: "click",
        },
        {
            content: "Choose how many the customer waits for",
            trigger: ".modal .o_data_row:first td[name=quantity]",
            run: "click",
        },
        {
            trigger: ".modal .o_data_row:first td[name=quantity] input",
            run: "edit 2",
        },
        {
            trigger: ".modal footer button[name=action_create_backorder]",
            run: "click",
        },
        {
            content: "The backorder is open",
            trigger: ".o_form_view [name=name]:contains('BO/')",
        },
        {
            trigger: ".o_field_widget[name=line_ids] td[name=qty_open]:contains('2')",
        },
    ],
});

/** Starts on a backorder that is ready. */
registry.category("web_tour.tours").add("backorder_fulfil", {
    steps: () => [
        {
            content: "Look at the stock first",
            trigger: ".o_backorder_stock_now:first",
            run: "click",
        },
        {
            trigger: ".o_backorder_stock_now_popover:contains('On hand')",
        },
        {
            content: "Fulfil what is ready",
            trigger: ".o_statusbar_buttons button.btn-primary:contains('Fulfil')",
            run: "click",
        },
        {
            content: "The quantities that are ready are filled in",
            trigger:
                ".modal .o_data_row:first td[name=quantity]:not(:contains('0.00'))",
        },
        {
            trigger: ".modal footer button[name=action_fulfil]",
            run: "click",
        },
        {
            content: "The transfer opens with its quantities",
            trigger: ".o_form_view button[name=button_validate]:not(:disabled)",
            run: "click",
        },
        stepUtils.autoExpandMoreButtons(),
        {
            content: "Back to the backorder",
            trigger: "button[name=action_view_backorder_records]",
            run: "click",
        },
        {
            content: "It is closed",
            trigger:
                ".o_statusbar_status .o_arrow_button_current:contains('Fulfilled')",
        },
    ],
});
