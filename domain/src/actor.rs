//! Who acts.

use entity::{Role, UserId};

/// Somebody who is signed in, as far as the rules need to know them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Actor {
    /// The person.
    pub id: UserId,
    /// What they may do, as their token says.
    pub role: Role,
}

impl Actor {
    /// Agents and supervisors, and jobs: those who see what customers do not.
    pub fn is_staff(self) -> bool {
        is_staff(self.role)
    }
}

/// Whether a role sees what customers do not.
pub fn is_staff(role: Role) -> bool {
    match role {
        Role::Agent | Role::Supervisor | Role::System => true,
        Role::Customer => false,
    }
}
