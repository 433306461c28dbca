//! What to put where, for each way of making a site.

use leptos::prelude::*;
use web_sys::KeyboardEvent;

use super::install::Installed;
use crate::components::form::focus_later;
use crate::components::secret::copyable;

/// A way of making a site: what it is called, what to do, and what to copy. `{host}`, `{edge}`, `{site}` and `{page}` stand for what
/// they are here.
struct Way {
    name: &'static str,
    words: &'static str,
    text: &'static str,
}

const WAYS: [Way; 11] = [
    Way {
        name: "Script",
        words: "Put this into the head of every page. It is all there is to do.",
        text: "<script defer src=\"{host}/sdk/tidemark.js\"\n        data-site=\"{site}\"\n        data-endpoint=\"{edge}\"></script>",
    },
    Way {
        name: "npm",
        words: "Once, where your program starts in the browser.",
        text: "npm install @tidemark/web\n\nimport { init } from \"@tidemark/web\";\n\ninit({\n  site: \"{site}\",\n  endpoint: \"{edge}\",\n});",
    },
    Way {
        name: "React",
        words: "Once, around or beside your app. Pages that change without loading are counted by themselves.",
        text: "npm install @tidemark/web\n\nimport { Tidemark } from \"@tidemark/web/react\";\n\nexport default function App() {\n  return (\n    <>\n      <Tidemark site=\"{site}\" endpoint=\"{edge}\" />\n      <Routes />\n    </>\n  );\n}",
    },
    Way {
        name: "Next.js",
        words: "In app/layout.tsx, so that it is on every page.",
        text: "npm install @tidemark/web\n\nimport { Tidemark } from \"@tidemark/web/react\";\n\nexport default function RootLayout({ children }) {\n  return (\n    <html lang=\"en\">\n      <body>\n        <Tidemark site=\"{site}\" endpoint=\"{edge}\" />\n        {children}\n      </body>\n    </html>\n  );\n}",
    },
    Way {
        name: "Vue",
        words: "In main.ts, before the app is mounted.",
        text: "npm install @tidemark/web\n\nimport { createApp } from \"vue\";\nimport { init } from \"@tidemark/web\";\nimport App from \"./App.vue\";\n\ninit({ site: \"{site}\", endpoint: \"{edge}\" });\ncreateApp(App).mount(\"#app\");",
    },
    Way {
        name: "Leptos",
        words: "In the head that your shell renders; of an app built by Trunk, in the head of index.html.",
        text: "<head>\n    <script\n        defer\n        src=\"{host}/sdk/tidemark.js\"\n        data-site=\"{site}\"\n        data-endpoint=\"{edge}\"\n    ></script>\n    <MetaTags/>\n</head>",
    },
    Way {
        name: "Rust",
        words: "From a server, for what pages do not see. The client_id is your own name for the person.",
        text: "reqwest::Client::new()\n    .post(\"{edge}/api/v1/events\")\n    .json(&serde_json::json!({\n        \"tracking_id\": \"{site}\",\n        \"client_id\": \"customer-17\",\n        \"event_id\": \"order-4711\",\n        \"event_type\": \"purchase\",\n        \"revenue\": {\"amount\": 49.90, \"currency\": \"EUR\"},\n    }))\n    .send()\n    .await?;",
    },
    Way {
        name: "Node",
        words: "From a server, for what pages do not see. The client_id is your own name for the person.",
        text: "await fetch(\"{edge}/api/v1/events\", {\n  method: \"POST\",\n  body: JSON.stringify({\n    tracking_id: \"{site}\",\n    client_id: \"customer-17\",\n    event_id: \"order-4711\",\n    event_type: \"purchase\",\n    revenue: { amount: 49.9, currency: \"EUR\" },\n  }),\n});",
    },
    Way {
        name: "Tag Manager",
        words: "A new tag of the kind Custom HTML, triggered on all pages. Google Tag Manager drops attributes of script tags: this sets them itself.",
        text: "<script>\n  var script = document.createElement(\"script\");\n  script.src = \"{host}/sdk/tidemark.js\";\n  script.setAttribute(\"data-site\", \"{site}\");\n  script.setAttribute(\"data-endpoint\", \"{edge}\");\n  document.head.appendChild(script);\n</script>",
    },
    Way {
        name: "WordPress",
        words: "At the end of functions.php of your theme, better of a child theme, which updates leave alone.",
        text: "add_action('wp_head', function () {\n    echo '<script defer src=\"{host}/sdk/tidemark.js\"'\n        . ' data-site=\"{site}\"'\n        . ' data-endpoint=\"{edge}\"></script>';\n});",
    },
    Way {
        name: "No script",
        words: "A picture, for pages and messages without scripts. Beside the script it counts who has scripts switched off.",
        text: "<noscript>\n  <img src=\"{edge}/p.gif?tracking_id={site}\"\n       referrerpolicy=\"no-referrer-when-downgrade\" alt=\"\">\n</noscript>",
    },
];

/// The ways as tabs, the first one open.
pub fn view(site: Installed) -> AnyView {
    let chosen = RwSignal::new(0);
    let key = move |event: KeyboardEvent| {
        let at = chosen.get_untracked();
        let last = WAYS.len() - 1;
        let next = match event.key().as_str() {
            "ArrowRight" => {
                if at == last {
                    0
                } else {
                    at + 1
                }
            }
            "ArrowLeft" => {
                if at == 0 {
                    last
                } else {
                    at - 1
                }
            }
            "Home" => 0,
            "End" => last,
            _ => return,
        };
        event.prevent_default();
        chosen.set(next);
        focus_later(format!("way-{next}"));
    };
    let tabs = WAYS.iter().enumerate().map(|(at, way)| {
        let is_chosen = move || chosen.get() == at;
        view! {
            <button
                type="button"
                role="tab"
                id=format!("way-{at}")
                aria-controls="way"
                aria-selected=move || if is_chosen() { "true" } else { "false" }
                tabindex=move || if is_chosen() { "0" } else { "-1" }
                on:click=move |_| chosen.set(at)
            >
                {way.name}
            </button>
        }
    });
    let words = move || WAYS.get(chosen.get()).map(|way| way.words);
    let text = Signal::derive(move || {
        let text = WAYS.get(chosen.get()).map(|way| way.text).unwrap_or_default();
        text.replace("{host}", &site.host.get_value())
            .replace("{edge}", &site.edge.get())
            .replace("{site}", &site.tracking_id.get_value())
    });
    view! {
        <section class="card set">
            <div class="set-body">
                <h2>"Put it into your site"</h2>
                <div class="tabstrip" role="tablist" aria-label="Ways of making a site" on:keydown=key>{tabs.collect_view()}</div>
                <div class="tabpanel" role="tabpanel" id="way" aria-labelledby=move || format!("way-{}", chosen.get())>
                    <p class="muted">{words}</p>
                    {copyable(text, "the snippet")}
                </div>
            </div>
        </section>
    }
    .into_any()
}
