namespace Tessera.Cli;

/// <summary>The command was called in a way that makes no sense; the message says how to call it. Exit code 2.</summary>
internal sealed class UsageException(string message) : Exception(message);
