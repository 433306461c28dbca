//! What the runtime says of a request beside its body.

use domain::accept::Receipt;
use domain::bot::{self, Filtered, Signals};
use domain::limit::{AddressBlock, address_block};
use domain::user_agent::{self, Hints};
use domain::visitor::Identity;
use worker::js_sys::Reflect;
use worker::wasm_bindgen::JsValue;
use worker::{Date, Env, Request};

use crate::message::Sender;
use crate::settings;

/// Where a request comes from. Its address is used and never kept.
pub struct Origin {
    /// For accepting its events.
    pub receipt: Receipt,
    address: String,
    user_agent: String,
    brands: String,
    purpose: String,
    asn: Option<u32>,
    as_organization: String,
    /// `sec-gpc: 1`
    is_private: bool,
    /// `dnt: 1`
    does_not_want_tracking: bool,
}

impl Origin {
    /// Reads headers and `request.cf`; that by hand, for its typed form panics on a field that is missing.
    ///
    /// Behind a proxy of the deployment's own, what the runtime says is true of the proxy: the address is then the one
    /// that it forwards for, and place and network are not known.
    ///
    /// # Errors
    /// When the list of proxies cannot be read.
    pub fn of(request: &Request, env: &Env) -> worker::Result<Self> {
        let header = |name: &str| request.headers().get(name).ok().flatten().unwrap_or_default();
        let peer = header("cf-connecting-ip");
        let client = settings::proxies(env)?.client(&peer, &header("x-forwarded-for"));
        let cf = Reflect::get(request.inner(), &"cf".into()).ok().filter(JsValue::is_object);
        let cf = cf.filter(|_| client.is_none());
        let field = |name: &str| cf.as_ref().and_then(|cf| Reflect::get(cf, &name.into()).ok());
        let text = |name: &str| field(name).and_then(|value| value.as_string()).unwrap_or_default();
        let (user_agent, brands) = (header("user-agent"), header("sec-ch-ua"));
        let [mobile, platform, platform_version] =
            ["sec-ch-ua-mobile", "sec-ch-ua-platform", "sec-ch-ua-platform-version"].map(header);
        let hints =
            Hints { brands: &brands, mobile: &mobile, platform: &platform, platform_version: &platform_version };
        let purpose = [header("sec-purpose"), header("purpose")].into_iter().find(|purpose| !purpose.is_empty());
        Ok(Self {
            receipt: Receipt {
                received_at_ms: Date::now().as_millis(),
                // `T1` is Tor, `XX` is unknown: neither is a country.
                country: Some(text("country")).filter(|c| c != "XX" && c != "T1" && c.len() == 2).unwrap_or_default(),
                region: text("regionCode"),
                city: text("city"),
                client: user_agent::read(&user_agent, &hints),
            },
            address: client.map_or(peer, |address| address.to_string()),
            purpose: purpose.unwrap_or_default(),
            asn: field("asn").and_then(|asn| asn.as_f64()).map(|asn| asn as u32),
            as_organization: text("asOrganization"),
            is_private: header("sec-gpc") == "1",
            does_not_want_tracking: header("dnt") == "1",
            user_agent,
            brands,
        })
    }

    /// Who sent it, as far as the site wants to know and they want to tell.
    pub fn sender(&self, honours_dnt: bool) -> Sender {
        if self.is_private || (honours_dnt && self.does_not_want_tracking) {
            return Sender::Private;
        }
        Sender::Known { address: self.address.clone(), user_agent: self.user_agent.clone() }
    }

    /// What tells its sender from others, unless an event brings an id of its own.
    pub fn identity<'a>(&'a self, client_id: Option<&'a str>) -> Identity<'a> {
        match client_id {
            Some(id) => Identity::Client(id),
            None => Identity::Network { address: &self.address, user_agent: &self.user_agent },
        }
    }

    /// The neighbourhood of its address.
    pub fn block(&self) -> Option<AddressBlock> {
        address_block(&self.address)
    }

    /// Why it is not a person's request, if something says so.
    ///
    /// `is_automated`: the browser said that a program steers it
    pub fn filtered(&self, is_automated: bool) -> Option<Filtered> {
        bot::verdict(&Signals {
            user_agent: &self.user_agent,
            brands: &self.brands,
            purpose: &self.purpose,
            asn: self.asn,
            as_organization: &self.as_organization,
            webdriver: is_automated,
        })
    }
}
