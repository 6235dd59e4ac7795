namespace Tessera;

/// <summary>An input or a request needs more of something than the limits allow; nothing was changed by the attempt.</summary>
public sealed class ResourceLimitException : TesseraException
{
    /// <summary>Creates the exception; the message states both numbers.</summary>
    /// <param name="resource">What is limited, with its unit (for example <c>bytes of weights</c>).</param>
    /// <param name="needed">How much was asked for.</param>
    /// <param name="allowed">How much is allowed.</param>
    /// <param name="advice">What the user can do; may be null.</param>
    public ResourceLimitException(string resource, long needed, long allowed, string? advice = null)
        : base($"{needed:N0} {resource} needed, {allowed:N0} allowed.{(advice is null ? "" : " " + advice)}")
    {
        Resource = resource;
        Needed = needed;
        Allowed = allowed;
    }

    /// <summary>What is limited, with its unit.</summary>
    public string Resource { get; }

    /// <summary>How much was asked for.</summary>
    public long Needed { get; }

    /// <summary>How much is allowed.</summary>
    public long Allowed { get; }
}
