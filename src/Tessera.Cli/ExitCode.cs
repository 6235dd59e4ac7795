namespace Tessera.Cli;

/// <summary>What the process tells its caller.</summary>
internal static class ExitCode
{
    /// <summary>It worked.</summary>
    public const int Success = 0;

    /// <summary>It did not; one line on the error stream says why.</summary>
    public const int Failure = 1;

    /// <summary>The command was called in a way that makes no sense.</summary>
    public const int Usage = 2;

    /// <summary>The user interrupted it: 128 + SIGINT, as shells have it.</summary>
    public const int Interrupted = 130;
}
