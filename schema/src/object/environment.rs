//! The customer's surroundings when the problem showed.

use async_graphql::{InputObject, SimpleObject};
use serde::{Deserialize, Serialize};

/// The customer's surroundings when the problem showed, as their client told them.
#[derive(Clone, Debug, Default, SimpleObject, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Environment {
    /// Browser and version.
    pub browser: Option<String>,
    /// Device.
    pub device: Option<String>,
    /// Operating system and version.
    pub os: Option<String>,
    /// Kind of network.
    pub network: Option<String>,
    /// Version of the host product's app.
    pub app_version: Option<String>,
    /// The error as it was shown.
    pub error_text: Option<String>,
    /// How to make it happen again.
    pub steps_to_reproduce: Option<String>,
}

/// The customer's surroundings when the problem showed. Each text has at most 5,000 characters.
#[derive(Clone, Debug, Default, InputObject, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct EnvironmentInput {
    /// Browser and version.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub browser: Option<String>,
    /// Device.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub device: Option<String>,
    /// Operating system and version.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub os: Option<String>,
    /// Kind of network.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub network: Option<String>,
    /// Version of the host product's app.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub app_version: Option<String>,
    /// The error as it was shown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error_text: Option<String>,
    /// How to make it happen again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub steps_to_reproduce: Option<String>,
}
