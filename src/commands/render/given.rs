//! What templates are given: read again from the files that the inventory names.

mod resources;

use super::super::Context;
use crate::catalog::index::Index;
use crate::error::Result;
use crate::inventory::Inventory;
use crate::render::given::Given;

/// Reads what the evidence gives to templates.
///
/// # Errors
/// When the machine fails: a file that can't be read again becomes a trouble that is told.
pub(super) fn read(ctx: &Context, index: &Index, inventory: &Inventory) -> Result<Given> {
    let mut given = Given::default();
    resources::read(ctx, index, inventory, &mut given)?;
    Ok(given)
}
