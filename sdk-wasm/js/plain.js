// The plain core as a file of its own: it hands itself to whoever loads it.
import { core } from "./plain-core.js";

document.currentScript.tidemark(core);
