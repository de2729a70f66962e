import {useState} from "@odoo/owl";
import {registry} from "@web/core/registry";
import {X2ManyField, x2ManyField} from "@web/views/fields/x2many/x2many_field";
import {ListRenderer} from "@web/views/list/list_renderer";

const keyOf = ({data}) => data.kit_id && `${data.sale_line_id?.id}-${data.kit_id.id}`;

/** Components of a kit stand under a heading with the kit's name, which folds them. */
export class KitLinesRenderer extends ListRenderer {
    static recordRowTemplate = "backorder_management.KitLinesRenderer.RecordRow";

    setup() {
        super.setup();
        this.foldedKits = useState({});
    }

    /**
     * @returns {Object | null} the heading above the first component of a kit
     */
    getKitHeading(record) {
        const key = keyOf(record);
        const first = this.props.list.records.find((other) => keyOf(other) === key);
        if (!key || first !== record) {
            return null;
        }
        const {kit_name, kit_summary} = record.data;
        return {key, name: kit_name, summary: kit_summary};
    }

    isFolded(record) {
        return Boolean(this.foldedKits[keyOf(record)]);
    }

    toggleKit(key) {
        this.foldedKits[key] = !this.foldedKits[key];
    }
}

export class KitLinesField extends X2ManyField {
    static components = {...X2ManyField.components, ListRenderer: KitLinesRenderer};
}

registry.category("fields").add("backorder_kit_lines", {
    ...x2ManyField,
    component: KitLinesField,
});
