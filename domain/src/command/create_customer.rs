//! Registering a customer who has no login: a caller, a walk-in (requirement P1).

use entity::{ContactStage, Role, UserId, user};
use sea_orm::{ActiveValue::Set, EntityTrait};
use serde::Serialize;

use super::{Command, Work};
use crate::{
    Result, Screened,
    permission::Action,
    sign_in::search_text,
    text::{Check, MAX_WORD},
};

/// Registers a customer. A later sign-in with the same verified address is linked to them.
#[derive(Clone, Debug, Serialize)]
pub struct CreateCustomer {
    /// The name.
    pub name: Screened,
    /// Where mail goes.
    pub email: Option<String>,
    /// Mobile number.
    pub mobile: Option<String>,
    /// The kind of customer in the host product's words.
    pub kind: Option<String>,
    /// Account tier in the host product's words.
    pub tier: Option<String>,
    /// Lead or customer.
    pub stage: ContactStage,
    /// The key under which a repetition is recognised.
    #[serde(skip)]
    pub idempotency_key: Option<String>,
}

impl Command for CreateCustomer {
    type Output = UserId;
    const NAME: &'static str = "createCustomer";
    const ACTION: Action = Action::CreateCustomer;

    fn idempotency_key(&self) -> Option<&str> {
        self.idempotency_key.as_deref()
    }

    async fn run(&self, work: &mut Work) -> Result<UserId> {
        let mut check = Check::default();
        let name = check.line(self.name.get(), &["name"], MAX_WORD);
        let email = check.email(self.email.as_deref(), &["email"]);
        let mobile = check.optional_line(self.mobile.as_deref(), &["mobile"], 50);
        let kind = check.optional_line(self.kind.as_deref(), &["kind"], 50);
        let tier = check.optional_line(self.tier.as_deref(), &["tier"], 50);
        check.finish()?;
        let id = work.clock().new_id();
        let row = user::ActiveModel {
            id: Set(id),
            issuer: Set(None),
            subject: Set(None),
            role: Set(Role::Customer),
            stage: Set(Some(self.stage)),
            kind: Set(kind),
            search_text: Set(search_text(&name, email.as_deref(), mobile.as_deref())),
            name: Set(name),
            email: Set(email),
            mobile: Set(mobile),
            tier: Set(tier),
            signed_up_at: Set(None),
            created_at: Set(work.now),
            updated_at: Set(work.now),
        };
        user::Entity::insert(row)
            .exec_without_returning(work.tx())
            .await?;
        Ok(id)
    }
}
