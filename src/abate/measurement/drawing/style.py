"""How a chart looks when it stands alone. On a page the page's own sheet styles the same classes."""

HUES = 6
"""Series beyond this many begin again with the first colour; their names stay apart in the legend."""

CLASSES = (
    "abate-chart",
    "small",
    "axis",
    "grid",
    "band",
    "line",
    "provisional",
    "counterfactual",
    *(f"hue-{number}" for number in range(1, HUES + 1)),
    "dot",
    "hit",
    "event",
    "event-label",
    "label",
    "between",
    "legend",
    "title",
)
"""Every class name a chart uses; ``STYLE`` has a rule for each."""

STYLE = """
.abate-chart{--ink:#1b1f24;--quiet:#5c6570;--rule:#d8dde3;--curve:#0b5cad;--mark:#9a3b00;
--hue-1:#0b5cad;--hue-2:#a0440b;--hue-3:#2f6b3a;--hue-4:#7a3d8f;--hue-5:#8a6a00;--hue-6:#4a5568;
font:12px system-ui,sans-serif}
@media (prefers-color-scheme:dark){
.abate-chart{--ink:#e8ebee;--quiet:#a5afb9;--rule:#39414a;--curve:#7ab8ff;--mark:#ffb27a;
--hue-1:#7ab8ff;--hue-2:#ffb27a;--hue-3:#8fd19e;--hue-4:#d3a4e6;--hue-5:#e5c65a;--hue-6:#b8c2cc}}
.abate-chart.small{font-size:11px}
.abate-chart .axis{stroke:var(--quiet);fill:none}.abate-chart .grid{stroke:var(--rule);fill:none}
.abate-chart .line{stroke:var(--curve);stroke-width:2;fill:none;stroke-linejoin:round}
.abate-chart .dot{fill:var(--curve)}
.abate-chart .band{fill:var(--curve);fill-opacity:.18}
.abate-chart .hue-1{--curve:var(--hue-1)}.abate-chart .hue-2{--curve:var(--hue-2)}
.abate-chart .hue-3{--curve:var(--hue-3)}.abate-chart .hue-4{--curve:var(--hue-4)}
.abate-chart .hue-5{--curve:var(--hue-5)}.abate-chart .hue-6{--curve:var(--hue-6)}
.abate-chart .counterfactual{--curve:var(--quiet)}.abate-chart .line.counterfactual{stroke-dasharray:6 4}
.abate-chart .provisional{stroke-dasharray:2 4}.abate-chart .hit{fill:transparent}
.abate-chart .event{stroke:var(--mark);stroke-width:1.5;stroke-dasharray:2 3}.abate-chart .event-label{fill:var(--mark)}
@media (max-width:30rem){.abate-chart .between{display:none}}
.abate-chart .label,.abate-chart .title,.abate-chart .legend{fill:var(--ink)}.abate-chart .title{font-weight:600}
"""
