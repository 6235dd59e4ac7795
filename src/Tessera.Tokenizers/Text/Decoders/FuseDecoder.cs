namespace Tessera.Tokenizers.Text.Decoders;

/// <summary>Joins all strings to one.</summary>
internal sealed class FuseDecoder : Decoder
{
    public override TextSink Into(TextSink next) => new Step(next);

    private sealed class Step(TextSink next) : DecodingStep(next)
    {
        public override void Write(string part, bool ends) => Next.Write(part, ends: false);

        public override void End()
        {
            Next.Write("", ends: true);
            Next.End();
        }
    }
}
