//! How satisfied customers are: asked by mail, answered once, by the link without signing in, on the
//! desk's own page, or signed in; shown to staff (requirement M4).

mod link;
mod mail;
mod own;
mod page;
mod scene;
