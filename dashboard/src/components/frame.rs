//! The frame of the pages beside the numbers: where one is, what else there is, and a column to read.

use leptos::prelude::*;

use super::form::focus_later;
use super::icon::{Icon, Picture};
use super::{Logo, SignOutButton, ThemeToggle, styled};

/// The links in the page's head that name the styles of these pages.
const STYLE: &[&str] = &["later-settings"];

/// A page with a bar at the top. `crumbs` lead to where it belongs; its name is the page's heading.
#[component]
pub fn Frame(
    /// Where it belongs, by address and name.
    #[prop(optional)]
    crumbs: Vec<(String, String)>,
    /// What it is called.
    title: &'static str,
    /// What is on it.
    children: Children,
) -> impl IntoView {
    let crumbs = crumbs.into_iter().map(|(path, name)| {
        view! {
            <a class="ellipsis" href=path>{name}</a>
            <span class="muted" aria-hidden="true">"/"</span>
        }
    });
    let skip = move |event: web_sys::MouseEvent| {
        // The focus moves without leaving a fragment in the address.
        event.prevent_default();
        focus_later("content".to_owned());
    };
    let page = view! {
        <a class="skip" href="#content" on:click=skip>"Skip to content"</a>
        <header class="top-bar">
            <div class="top-bar-row">
                <a class="home" href="/" aria-label="All sites"><Logo/></a>
                <div class="crumbs">{crumbs.collect_view()}<h1>{title}</h1></div>
                <div class="tools">
                    <a class="icon-button" href="/account" aria-label="Your account" title="Your account">
                        <Icon picture=Picture::PERSON/>
                    </a>
                    <ThemeToggle/>
                    <SignOutButton/>
                </div>
            </div>
        </header>
        {children()}
    };
    styled(STYLE, page.into_any())
}
