//! Files that the page makes.

use leptos::prelude::document;
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::JsValue;
use web_sys::{Blob, BlobPropertyBag, HtmlElement, Url};

/// Hands a text to the browser as a file of a name and kind.
pub fn save(name: &str, kind: &str, text: &str) {
    // A browser that refuses has its reasons, which it tells itself.
    let _ = hand_over(name, kind, text);
}

fn hand_over(name: &str, kind: &str, text: &str) -> Result<(), JsValue> {
    let options = BlobPropertyBag::new();
    options.set_type(kind);
    let blob = Blob::new_with_str_sequence_and_options(&js_sys::Array::of1(&text.into()), &options)?;
    let address = Url::create_object_url_with_blob(&blob)?;
    let link = document().create_element("a")?;
    link.set_attribute("href", &address)?;
    link.set_attribute("download", name)?;
    link.unchecked_into::<HtmlElement>().click();
    Url::revoke_object_url(&address)
}
