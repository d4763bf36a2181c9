"""Papers that communities send: what stands on them. How they look is the business of `kunming_portal.documents`."""
