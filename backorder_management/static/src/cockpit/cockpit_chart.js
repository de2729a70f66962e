/* global Chart */
import {Component, onWillStart, onWillUnmount, useEffect, useRef} from "@odoo/owl";
import {loadBundle} from "@web/core/assets";
import {getColor} from "@web/core/colors/colors";
import {cookie} from "@web/core/browser/cookie";

/**
 * Bars or a line of what Odoo ships for its own graphs. A bar opens the list behind it; the same
 * numbers stand beside it as a table for who does not see the picture.
 */
export class CockpitChart extends Component {
    static template = "backorder_management.CockpitChart";
    static props = {
        type: {type: String},
        rows: {type: Array},
        label: {type: String},
        format: {type: Function},
        onOpen: {type: Function, optional: true},
    };

    setup() {
        this.canvas = useRef("canvas");
        this.chart = null;
        onWillStart(() => loadBundle("web.chartjs_lib"));
        useEffect(
            () => this.draw(),
            () => [this.props.rows],
        );
        onWillUnmount(() => this.chart?.destroy());
    }

    draw() {
        this.chart?.destroy();
        const {type, rows, label, format, onOpen} = this.props;
        const color = getColor(0, cookie.get("color_scheme"), "odoo");
        this.chart = new Chart(this.canvas.el, {
            type,
            data: {
                labels: rows.map((row) => row.label),
                datasets: [
                    {
                        label,
                        data: rows.map((row) => row.value),
                        backgroundColor: color,
                        borderColor: color,
                        tension: 0.2,
                    },
                ],
            },
            options: {
                animation: false,
                maintainAspectRatio: false,
                onClick: (ev, [element]) => element && onOpen?.(rows[element.index]),
                plugins: {
                    legend: {display: false},
                    tooltip: {callbacks: {label: (item) => format(item.raw)}},
                },
                scales: {
                    x: {grid: {display: false}},
                    y: {
                        beginAtZero: true,
                        ticks: {
                            maxTicksLimit: 5,
                            callback: (value) => format(value),
                        },
                    },
                },
            },
        });
    }
}
