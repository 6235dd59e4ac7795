namespace Tessera.Tokenizers.Text.Decoders;

/// <summary>Decoders one after the other.</summary>
internal sealed class SequenceDecoder : Decoder
{
    // A token's text goes through all steps in one chain of calls.
    private const int MostSteps = 256;

    private readonly List<Decoder> _steps = [];

    /// <summary>Creates a sequence.</summary>
    /// <param name="parts">The steps, which may be sequences themselves.</param>
    /// <exception cref="ResourceLimitException">They are more than 256.</exception>
    public SequenceDecoder(IReadOnlyList<Decoder> parts)
    {
        for (var i = 0; i < parts.Count; i++)
        {
            var part = parts[i];
            if (part is SequenceDecoder sequence) _steps.AddRange(sequence._steps);
            else _steps.Add(part);
            if (_steps.Count > MostSteps) throw new ResourceLimitException("steps of a decoder", Math.Max(_steps.Count, parts.Count), MostSteps);
        }
    }

    public override TextSink Into(TextSink next)
    {
        for (var i = _steps.Count - 1; i >= 0; i--) next = _steps[i].Into(next);
        return next;
    }

    public override byte[] BytesOf(byte[] token)
    {
        foreach (var step in _steps) token = step.BytesOf(token);
        return token;
    }
}
