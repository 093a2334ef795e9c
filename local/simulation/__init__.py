"""The simulated organisation: plants resources, reads them back, and checks inventories of them."""
