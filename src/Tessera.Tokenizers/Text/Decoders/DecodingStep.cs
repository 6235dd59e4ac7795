namespace Tessera.Tokenizers.Text.Decoders;

/// <summary>A decoder at work on one sequence of tokens: takes their texts and writes others into what comes next. Keeps only what later tokens can still change.</summary>
internal abstract class DecodingStep(TextSink next) : TextSink
{
    public override bool IsLive => next.IsLive;

    public override bool IsInsideCharacter => next.IsInsideCharacter;

    /// <summary>What comes next.</summary>
    protected TextSink Next => next;

    public override void End() => next.End();
}
