namespace Tessera.Context.Policies;

/// <summary>When a policy drops slots.</summary>
public enum EvictionTime
{
    /// <summary>After every pass, so that the cache never grows beyond its budget again.</summary>
    EveryStep,

    /// <summary>Once a prompt is read; what is generated after it is kept.</summary>
    AfterPrompt,
}
