//! From a verified token to a person: linked at first sight, kept up to date afterwards.

use entity::{ContactStage, Role, UserId, user};
use sea_orm::{
    ActiveModelTrait,
    ActiveValue::Set,
    ColumnTrait, DatabaseTransaction, EntityTrait, IntoActiveModel, QueryFilter, QuerySelect,
    sea_query::{Expr, ExprTrait, Func, OnConflict},
};

use crate::{Actor, Desk, Error, Result, actor::is_staff};

/// What a verified token says of its bearer.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Identity {
    /// `iss`, empty if the token names none.
    pub issuer: String,
    /// `sub`.
    pub subject: String,
    /// The role.
    pub role: Role,
    /// `name`.
    pub name: Option<String>,
    /// `email`.
    pub email: Option<String>,
    /// False only where the token says that the address was not verified.
    pub email_verified: bool,
}

impl Desk {
    /// The person that a verified token stands for. At first sight of a login, somebody on file
    /// without a login but with the same verified address is linked to it (a customer who called
    /// before, staff who were registered); otherwise a person is made. Afterwards role, name and
    /// address follow the token.
    ///
    /// # Errors
    /// `Unavailable` when the database does not answer.
    pub async fn sign_in(&self, identity: &Identity) -> Result<Actor> {
        let row = by_login(identity).one(self.db.read()).await?;
        if let Some(row) = row.as_ref().filter(|row| !is_outdated(row, identity)) {
            return Ok(Actor {
                id: row.id,
                role: row.role,
            });
        }
        let (desk, identity) = (self.clone(), identity.clone());
        let signing_in = tokio::spawn(async move {
            let tx = desk.db.begin().await?;
            let id = match by_login(&identity).lock_exclusive().one(&tx).await? {
                Some(row) => desk.update(&tx, row, &identity).await?,
                None => desk.link_or_create(&tx, &identity).await?,
            };
            tx.commit().await?;
            desk.hub.wake();
            Ok(Actor {
                id,
                role: identity.role,
            })
        });
        signing_in.await.map_err(Error::internal)?
    }

    async fn link_or_create(
        &self,
        tx: &DatabaseTransaction,
        identity: &Identity,
    ) -> Result<UserId> {
        if let Some(row) = without_login(tx, identity).await? {
            return self.update(tx, row, identity).await;
        }
        let now = self.clock.now();
        let email = identity.email.clone();
        let name = identity.name.clone().or_else(|| email.clone());
        let name = name.unwrap_or_else(|| identity.subject.clone());
        let name = shown(identity.role, name);
        let stage = (identity.role == Role::Customer).then_some(ContactStage::Customer);
        let row = user::ActiveModel {
            id: Set(self.clock.new_id()),
            issuer: Set(Some(identity.issuer.clone())),
            subject: Set(Some(identity.subject.clone())),
            role: Set(identity.role),
            stage: Set(stage),
            kind: Set(None),
            search_text: Set(search_text(&name, email.as_deref(), None)),
            name: Set(name),
            email: Set(email),
            mobile: Set(None),
            tier: Set(None),
            signed_up_at: Set(None),
            created_at: Set(now),
            updated_at: Set(now),
        };
        // Another request of the same person may be first: then theirs is the row.
        let login = [user::Column::Issuer, user::Column::Subject];
        user::Entity::insert(row)
            .on_conflict(OnConflict::columns(login).do_nothing().to_owned())
            .exec_without_returning(tx)
            .await?;
        let row = by_login(identity).one(tx).await?;
        row.map(|row| row.id)
            .ok_or_else(|| Error::internal("a person vanished while signing in"))
    }

    async fn update(
        &self,
        tx: &DatabaseTransaction,
        row: user::Model,
        identity: &Identity,
    ) -> Result<UserId> {
        let id = row.id;
        let name = identity.name.clone().unwrap_or_else(|| row.name.clone());
        let name = shown(identity.role, name);
        let email = identity.email.clone().or_else(|| row.email.clone());
        let search = search_text(&name, email.as_deref(), row.mobile.as_deref());
        let mut change = row.into_active_model();
        change.issuer = Set(Some(identity.issuer.clone()));
        change.subject = Set(Some(identity.subject.clone()));
        change.role = Set(identity.role);
        change.name = Set(name);
        change.email = Set(email);
        change.search_text = Set(search);
        change.updated_at = Set(self.clock.now());
        change.update(tx).await?;
        Ok(id)
    }
}

/// What a person is called. Customers see the names of staff, and never their addresses: of a name
/// that is an address only the part before the @ is taken.
fn shown(role: Role, name: String) -> String {
    match name.split_once('@') {
        Some((local, _)) if is_staff(role) && !local.is_empty() => local.to_owned(),
        Some(_) | None => name,
    }
}

/// What people are found by.
pub fn search_text(name: &str, email: Option<&str>, mobile: Option<&str>) -> String {
    let digits = mobile.map(|mobile| {
        mobile
            .chars()
            .filter(char::is_ascii_digit)
            .collect::<String>()
    });
    let parts = [Some(name), email, mobile, digits.as_deref()];
    parts
        .into_iter()
        .flatten()
        .collect::<Vec<_>>()
        .join(" ")
        .to_lowercase()
}

fn by_login(identity: &Identity) -> sea_orm::Select<user::Entity> {
    user::Entity::find()
        .filter(user::Column::Issuer.eq(identity.issuer.as_str()))
        .filter(user::Column::Subject.eq(identity.subject.as_str()))
}

fn is_outdated(row: &user::Model, identity: &Identity) -> bool {
    let name = identity.name.as_ref().unwrap_or(&row.name);
    row.role != identity.role
        || shown(identity.role, name.clone()) != row.name
        || identity.email.is_some() && identity.email != row.email
}

/// The one person on file without a login who has the token's verified address and is on the same
/// side of the desk: a customer's token never becomes a member of staff.
async fn without_login(
    tx: &DatabaseTransaction,
    identity: &Identity,
) -> Result<Option<user::Model>> {
    let Some(email) = identity
        .email
        .as_deref()
        .filter(|_| identity.email_verified)
    else {
        return Ok(None);
    };
    let address = Expr::expr(Func::lower(Expr::col(user::Column::Email))).eq(email.to_lowercase());
    let mut rows = user::Entity::find()
        .filter(address)
        .filter(user::Column::Subject.is_null())
        .limit(2)
        .lock_exclusive()
        .all(tx)
        .await?;
    let same_side = |row: &user::Model| is_staff(row.role) == is_staff(identity.role);
    // Two people who share an address cannot be told apart: neither is taken.
    Ok(if rows.len() == 1 {
        rows.pop().filter(same_side)
    } else {
        None
    })
}
