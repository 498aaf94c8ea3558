//! What somebody wants to be told, and how. A kind without a row is told as usual.

use sea_orm::entity::prelude::*;

use crate::{MailMode, NotificationKind, UserId};

/// One row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "notification_preference")]
pub struct Model {
    /// Whose preference it is.
    #[sea_orm(primary_key, auto_increment = false)]
    pub user_id: UserId,
    /// For which kind.
    #[sea_orm(primary_key, auto_increment = false)]
    pub kind: NotificationKind,
    /// Whether, and when, it is mailed.
    pub mail: MailMode,
    /// Whether it is shown in the app.
    pub in_app: bool,
}

/// No relations are declared: joins are written where they are used.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
