//! The circumstances of a person: their theme, their screen, their network, their scruples.
//!
//! Each is a command of the DevTools protocol and holds until it is changed.

use serde_json::{Value, json};

use super::Person;

/// Below this width the list and the room are two screens.
const PHONE_PX: (u32, u32) = (390, 844);

/// As the protocol says it.
const UNLIMITED: i32 = -1;

impl Person {
    /// The system's own theme.
    pub async fn prefers(&self, theme: &str) {
        let features = json!([{ "name": "prefers-color-scheme", "value": theme }]);
        self.cdp("Emulation.setEmulatedMedia", json!({ "features": features })).await;
    }

    /// A screen of this size that is touched.
    pub async fn holds_a_phone(&self) {
        self.has_a_window(PHONE_PX, true).await;
        let touch = json!({ "enabled": true, "maxTouchPoints": 1 });
        self.cdp("Emulation.setTouchEmulationEnabled", touch).await;
    }

    pub async fn has_a_window(&self, (width, height): (u32, u32), mobile: bool) {
        let metrics =
            json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": mobile });
        self.cdp("Emulation.setDeviceMetricsOverride", metrics).await;
    }

    pub async fn runs_no_scripts(&self) {
        self.cdp("Emulation.setScriptExecutionDisabled", json!({ "value": true })).await;
    }

    pub async fn runs_scripts_again(&self) {
        self.cdp("Emulation.setScriptExecutionDisabled", json!({ "value": false })).await;
    }

    /// Runs a script in every page that comes, before any of its own.
    pub async fn runs_before_each_page(&self, script: &str) {
        let source = json!({ "source": script });
        self.cdp("Page.addScriptToEvaluateOnNewDocument", source).await;
    }

    /// No network from now on, as the browser knows it.
    pub async fn goes_offline(&self) {
        self.network(true, 0, UNLIMITED).await;
    }

    /// A network that carries this much.
    pub async fn has_a_slow_network(&self, bytes_per_s: i32, latency_ms: u32) {
        self.network(false, latency_ms, bytes_per_s).await;
    }

    pub async fn has_a_good_network(&self) {
        self.network(false, 0, UNLIMITED).await;
    }

    async fn network(&self, offline: bool, latency_ms: u32, bytes_per_s: i32) {
        self.cdp("Network.enable", json!({})).await;
        let conditions = json!({
            "offline": offline,
            "latency": latency_ms,
            "downloadThroughput": bytes_per_s,
            "uploadThroughput": bytes_per_s,
        });
        self.cdp("Network.emulateNetworkConditions", conditions).await;
    }

    pub(super) async fn cdp(&self, method: &str, parameters: Value) -> Value {
        let answer = self.driver().cdp().send_raw(method, parameters).await;
        answer.unwrap_or_else(|error| panic!("{self}: {method}: {error}"))
    }
}
