"""What people teach a model in a running project: quarantine, lesson, versions."""
