//! Random bytes from the runtime.

use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(catch, js_namespace = crypto, js_name = getRandomValues)]
    fn fill(buffer: &mut [u8]) -> Result<JsValue, JsValue>;
}

/// Bytes from the runtime's cryptographically secure generator.
pub fn bytes<const N: usize>() -> worker::Result<[u8; N]> {
    let mut buffer = [0; N];
    fill(&mut buffer).map_err(worker::Error::from)?;
    Ok(buffer)
}
