import {registry} from "@web/core/registry";
import {KanbanRenderer} from "@web/views/kanban/kanban_renderer";
import {kanbanView} from "@web/views/kanban/kanban_view";
import {ListRenderer} from "@web/views/list/list_renderer";
import {listView} from "@web/views/list/list_view";
import {BackorderDashboard} from "./backorder_dashboard";

export class BackorderListRenderer extends ListRenderer {
    static template = "backorder_management.ListRenderer";
    static components = {...ListRenderer.components, BackorderDashboard};
}

export class BackorderKanbanRenderer extends KanbanRenderer {
    static template = "backorder_management.KanbanRenderer";
    static components = {...KanbanRenderer.components, BackorderDashboard};
}

registry
    .category("views")
    .add("sale_backorder_list", {...listView, Renderer: BackorderListRenderer})
    .add("sale_backorder_kanban", {...kanbanView, Renderer: BackorderKanbanRenderer});
