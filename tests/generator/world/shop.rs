//! The online shop in which the fixtures happen.
//!
//! ```text
//! storefront ─┬─ catalog ─── catalog-cache, catalog-db
//!             ├─ recommendations ─── recommendations-db        (the storefront can do without)
//!             ├─ checkout ─┬─ pricing ─── pricing-db
//!             │            ├─ inventory ─── inventory-db
//!             │            ├─ payments ─┬─ ledger ─── ledger-db
//!             │            │            └─ api.cardbridge.example
//!             │            └─ (orders.placed) ─── fulfilment ─── fulfilment-db
//!             └─ orders ─── orders-db, fulfilment
//! ```

use super::compose::{Plan, Shape, ask, call};
use super::landscape::{Landscape, Language, PeerKind, Protocol};

/// The shop, with room for a few requests a second.
pub fn shop() -> Landscape {
    let mut shop = Landscape::default();
    add_nodes(&mut shop);
    add_supply(&mut shop);
    add_money(&mut shop);
    add_front(&mut shop);
    set_edges(&mut shop);
    shop
}

fn add_nodes(shop: &mut Landscape) {
    use Language::{Go, Java, NodeJs, Python};
    use Protocol::{Grpc, Http};
    let services = [
        ("storefront", "web", NodeJs, Http, 2, 12),
        ("catalog", "discovery", Java, Http, 2, 4),
        ("recommendations", "discovery", Python, Http, 2, 3),
        ("checkout", "commerce", Java, Http, 2, 5),
        ("pricing", "commerce", Go, Grpc, 2, 4),
        ("orders", "commerce", Java, Http, 2, 4),
        ("inventory", "supply", Go, Grpc, 2, 2),
        ("fulfilment", "supply", Java, Http, 2, 4),
        ("payments", "finance", Java, Http, 3, 3),
        ("ledger", "finance", Java, Http, 2, 3),
    ];
    for (name, team, language, protocol, replicas, workers) in services {
        let shape = Shape { language, protocol, replicas, workers, backlog: 12 };
        shop.add_service(name, team, shape);
    }
    for name in ["catalog-db", "recommendations-db", "pricing-db", "inventory-db", "orders-db"] {
        shop.add_peer(name, PeerKind::Database, 8, 4.0);
    }
    shop.add_peer("ledger-db", PeerKind::Database, 4, 9.0);
    shop.add_peer("fulfilment-db", PeerKind::Database, 4, 7.0);
    shop.add_peer("catalog-cache", PeerKind::Cache, 32, 0.8);
    shop.add_peer("api.cardbridge.example", PeerKind::External, 64, 140.0);
}

fn add_supply(shop: &mut Landscape) {
    shop.add_operation(
        "inventory",
        ("shop.inventory.v1.Inventory", "Reserve"),
        "Reserved {small} units for order {order}",
        &[
            Plan::Work(14.0),
            ask("inventory-db", "UPDATE stock SET reserved = reserved + $1 WHERE sku = $2"),
            Plan::Work(3.0),
        ],
    );
    shop.add_topic(
        "orders.placed",
        "fulfilment",
        false,
        &[
            Plan::Work(12.0),
            ask("fulfilment-db", "INSERT INTO shipments (order_id, state) VALUES ($1, $2)"),
            Plan::Inner("PickList.plan", 20.0),
        ],
    );
    shop.add_operation(
        "fulfilment",
        ("GET", "/shipments/{order}"),
        "Shipment of order {order} looked up in {ms} ms",
        &[
            Plan::Work(5.0),
            Plan::Fresh("orders.placed".into(), 8.0),
            ask("fulfilment-db", "SELECT state, eta FROM shipments WHERE order_id = $1"),
            Plan::Work(2.0),
        ],
    );
    shop.add_operation(
        "orders",
        ("GET", "/orders/{order}"),
        "Order {order} loaded",
        &[
            Plan::Work(4.0),
            ask("orders-db", "SELECT id, total, placed_at FROM orders WHERE id = $1"),
            call("fulfilment", "/shipments/{order}"),
            Plan::Work(2.0),
        ],
    );
}

fn add_money(shop: &mut Landscape) {
    shop.add_operation(
        "pricing",
        ("shop.pricing.v1.Pricing", "Quote"),
        "Quoted {amount} EUR for basket {order}",
        &[
            Plan::Work(6.0),
            ask("pricing-db", "SELECT sku, amount FROM prices WHERE sku = ANY($1)"),
            Plan::Inner("Discounts.apply", 5.0),
        ],
    );
    shop.add_operation(
        "ledger",
        ("POST", "/entries"),
        "Booked entry {code} of {amount} EUR",
        &[
            Plan::Work(6.0),
            ask("ledger-db", "INSERT INTO entries (account, amount, ref) VALUES ($1, $2, $3)"),
            Plan::Work(3.0),
        ],
    );
    shop.add_operation(
        "payments",
        ("POST", "/charges"),
        "Charged {amount} EUR for order {order}, authorisation {code}",
        &[
            Plan::Work(8.0),
            ask("api.cardbridge.example", "POST /v2/authorisations"),
            call("ledger", "/entries"),
            Plan::Work(3.0),
        ],
    );
    shop.add_operation(
        "checkout",
        ("POST", "/orders"),
        "Placed order {order} with {small} items in {ms} ms",
        &[
            Plan::Work(10.0),
            Plan::Together(vec![call("pricing", "Quote"), call("inventory", "Reserve")]),
            call("payments", "/charges"),
            Plan::Send("orders.placed".into()),
            Plan::Work(4.0),
        ],
    );
}

fn add_front(shop: &mut Landscape) {
    let product = ask("catalog-db", "SELECT name, price, stock FROM products WHERE sku = $1");
    shop.add_operation(
        "catalog",
        ("GET", "/items/{sku}"),
        "Item {order} served, {small} variants",
        &[
            Plan::Work(5.0),
            Plan::Cached("catalog-cache".into(), Box::new(product)),
            Plan::Work(2.0),
        ],
    );
    shop.add_operation(
        "recommendations",
        ("GET", "/related/{sku}"),
        "Found {small} related items for {order}",
        &[
            Plan::Work(18.0),
            ask("recommendations-db", "SELECT sku FROM related WHERE seed = $1"),
            Plan::Work(3.0),
        ],
    );
    let log = "request completed route={route} customer={order} duration={ms}ms";
    let operations: [(&str, &str, f64, Vec<Plan>); 3] = [
        (
            "GET",
            "/products/{sku}",
            0.4,
            vec![
                Plan::Work(6.0),
                Plan::Together(vec![
                    call("catalog", "/items/{sku}"),
                    Plan::Sometimes(0.6, Box::new(call("recommendations", "/related/{sku}"))),
                ]),
                Plan::Work(4.0),
            ],
        ),
        (
            "POST",
            "/checkout",
            0.35,
            vec![Plan::Work(6.0), call("checkout", "/orders"), Plan::Work(3.0)],
        ),
        (
            "GET",
            "/account/orders/{order}",
            0.25,
            vec![Plan::Work(5.0), call("orders", "/orders/{order}"), Plan::Work(3.0)],
        ),
    ];
    for (method, route, weight, plans) in operations {
        let log = log.replace("{route}", &route.replace(['{', '}'], ":"));
        let operation = shop.add_operation("storefront", (method, route), &log, &plans);
        shop.entries.push((operation, weight));
        if method == "GET" {
            shop.operations[operation].not_found = 0.015;
        }
    }
}

fn set_edges(shop: &mut Landscape) {
    shop.edge("storefront", "checkout").timeout(3500.0);
    shop.edge("storefront", "catalog").timeout(1200.0).retries(1, 60.0);
    shop.edge("storefront", "orders").timeout(2000.0);
    shop.edge("storefront", "recommendations").timeout(500.0).fallback = true;
    shop.edge("checkout", "payments").timeout(2500.0);
    shop.edge("checkout", "pricing").timeout(900.0).retries(1, 40.0);
    shop.edge("checkout", "inventory").timeout(900.0).retries(1, 40.0);
    shop.edge("payments", "ledger").timeout(1200.0).retries(1, 80.0);
    shop.edge("payments", "api.cardbridge.example").timeout(1500.0);
    shop.edge("orders", "fulfilment").timeout(800.0);
    shop.edge("ledger", "ledger-db").timeout(5000.0);
    for (from, to) in [("payments", "ledger"), ("orders", "fulfilment"), ("storefront", "checkout")]
    {
        shop.edge(from, to).qualified = true;
    }
}
