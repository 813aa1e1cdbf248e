"""JSON under /api/. Every refusal is {"problems": [{"where", "field", "value", "rule"}]}."""
