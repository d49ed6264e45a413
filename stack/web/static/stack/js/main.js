// Starts the small scripts of every page. Each module listens on the document, so swapped content needs no wiring.
import "./copy.js";
import "./dialogs.js";
import "./display.js";
import "./focus.js";
import "./instants.js";
import "./omnibar.js";
import "./shortcuts.js";
import "./suggestions.js";
import "./upload.js";

if (document.querySelector("[data-chart]")) import("./chart.js");
if (document.querySelector("[data-analysis]")) import("./analysis.js");
if (document.querySelector("[data-review]")) import("./review.js");
document.documentElement.dataset.ready = "";
