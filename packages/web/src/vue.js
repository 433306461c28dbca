// For Vue: a plugin, and the calls.
import * as calls from "./index.js";

export const tidemark = {
  install(app, options) {
    app.config.globalProperties.$tidemark = calls;
    calls.init(options);
  },
};

export const useTidemark = () => calls;
