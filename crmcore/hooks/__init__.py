"""The contract with plugins: specs by family, base classes, the manager."""
