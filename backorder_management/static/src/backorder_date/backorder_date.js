import {Component} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {formatDate} from "@web/views/fields/formatters";
import {standardFieldProps} from "@web/views/fields/standard_field_props";

/**
 * One date per row: the promised one, red when it is past or cannot be kept; without a promise
 * the expected one, in grey.
 */
export class BackorderDate extends Component {
    static template = "backorder_management.BackorderDate";
    static props = {
        ...standardFieldProps,
        withLabel: {type: Boolean, optional: true},
    };

    get promised() {
        return this.props.record.data[this.props.name];
    }

    get expected() {
        return this.props.record.data.expected_date;
    }

    get isBroken() {
        const isLater = this.promised && this.expected && this.expected > this.promised;
        return Boolean(this.props.record.data.is_overdue || isLater);
    }

    get text() {
        return formatDate(this.promised || this.expected);
    }

    get label() {
        return this.promised ? _t("Promised") : _t("Expected");
    }

    get className() {
        if (this.isBroken) {
            return "text-danger fw-bold";
        }
        return this.promised ? "" : "text-muted";
    }

    get tooltip() {
        const expected = this.expected ? formatDate(this.expected) : _t("no date");
        const lines = [_t("Expected to ship: %s", expected)];
        lines.unshift(
            this.promised
                ? _t("Promised: %s", formatDate(this.promised))
                : _t("Nothing promised"),
        );
        if (this.props.record.data.is_overdue) {
            lines.push(_t("Overdue"));
        }
        return lines.join("\n");
    }
}

export const backorderDate = {
    component: BackorderDate,
    displayName: _t("Promised or expected date"),
    supportedTypes: ["date"],
    fieldDependencies: [
        {name: "expected_date", type: "date"},
        {name: "is_overdue", type: "boolean"},
    ],
    extractProps: ({options}) => ({withLabel: Boolean(options.with_label)}),
    listViewWidth: 92,
};

registry.category("fields").add("backorder_date", backorderDate);
