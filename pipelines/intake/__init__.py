"""From landing to accepted, quarantine and identity; the ledger of deliveries. Floor 2."""
