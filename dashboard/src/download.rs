//! Files that the page makes.

use leptos::prelude::document;
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::JsValue;
use web_sys::{Blob, BlobPropertyBag, HtmlElement, Url};

/// Hands a text to the browser as a file of a name and kind.
pub fn save(name: &str, kind: &str, text: &str) {
    save_bytes(name, kind, text.as_bytes());
}

/// The same, of any bytes.
pub fn save_bytes(name: &str, kind: &str, bytes: &[u8]) {
    // A browser that refuses has its reasons, which it tells itself.
    let _ = hand_over(name, kind, bytes);
}

fn hand_over(name: &str, kind: &str, bytes: &[u8]) -> Result<(), JsValue> {
    let options = BlobPropertyBag::new();
    options.set_type(kind);
    let parts = js_sys::Array::of1(&js_sys::Uint8Array::from(bytes));
    let blob = Blob::new_with_u8_array_sequence_and_options(&parts, &options)?;
    let address = Url::create_object_url_with_blob(&blob)?;
    let link = document().create_element("a")?;
    link.set_attribute("href", &address)?;
    link.set_attribute("download", name)?;
    link.unchecked_into::<HtmlElement>().click();
    Url::revoke_object_url(&address)
}
