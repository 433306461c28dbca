//! A Leptos program that is measured: a page with a button.

mod tidemark;

use leptos::prelude::*;

use crate::tidemark::{Tidemark, track};

fn main() {
    mount_to_body(App);
}

#[component]
fn App() -> impl IntoView {
    view! {
        <Tidemark site="UA-123456-1" endpoint="https://EDGE.example"/>
        <button on:click=move |_| { let _ = track("signup"); }>"Sign up"</button>
    }
}
