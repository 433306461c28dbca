//! Tidemark in a Leptos program: copy this file.

use leptos::prelude::*;
use wasm_bindgen::prelude::*;

/// Measures the program's pages; shows nothing.
///
/// `endpoint` is the edge, or a path of your own domain that leads there: `https://EDGE.example`, `/stats`.
#[component]
pub fn Tidemark(#[prop(into)] site: String, #[prop(into)] endpoint: String) -> impl IntoView {
    // In the browser alone, and once.
    Effect::new(move || {
        // A page that cannot be measured is a page all the same.
        let _ = add_script(&site, &endpoint);
    });
}

fn add_script(site: &str, endpoint: &str) -> Result<(), JsValue> {
    let script = document().create_element("script")?;
    script.set_attribute("src", &format!("{endpoint}/sdk/tidemark.js"))?;
    script.set_attribute("data-site", site)?;
    script.set_attribute("data-endpoint", endpoint)?;
    if let Some(head) = document().head() {
        head.append_child(&script)?;
    }
    Ok(())
}

#[wasm_bindgen]
extern "C" {
    /// Counts an event by its name. An error, to be ignored, while the script is not there.
    #[wasm_bindgen(js_namespace = tidemark, catch)]
    pub fn track(name: &str) -> Result<(), JsValue>;
}
