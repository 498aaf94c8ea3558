//! People: customers, with or without a login, and staff.

use sea_orm::entity::prelude::*;

use crate::{ContactStage, Role, Timestamp, UserId};

/// One row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "user_account")]
pub struct Model {
    /// The person's id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: UserId,
    /// Who signs this person's tokens; empty when tokens name no issuer. `None` without a login.
    pub issuer: Option<String>,
    /// The `sub` of this person's tokens, unique per issuer. `None` without a login.
    pub subject: Option<String>,
    /// What the person may do.
    pub role: Role,
    /// Lead or customer; `None` for staff.
    pub stage: Option<ContactStage>,
    /// The kind of customer in the host product's words (buyer, seller, driver ...).
    pub kind: Option<String>,
    /// The name shown to others.
    pub name: String,
    /// Where mail goes.
    pub email: Option<String>,
    /// Mobile number.
    pub mobile: Option<String>,
    /// Account tier in the host product's words.
    pub tier: Option<String>,
    /// When the person signed up with the host product.
    pub signed_up_at: Option<Timestamp>,
    /// Name, e-mail and mobile number in lower case, for finding people.
    pub search_text: String,
    /// When the row was written.
    pub created_at: Timestamp,
    /// When the row was last changed.
    pub updated_at: Timestamp,
}

/// No relations are declared: joins are written where they are used.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
