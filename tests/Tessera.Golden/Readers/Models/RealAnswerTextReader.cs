namespace Tessera.Golden;

/// <summary>The text of a real model's greedy answer, with and without the stop that ended it.</summary>
internal sealed class RealAnswerTextReader : IGoldenReader
{
    public bool Covers(GoldenFile file, GoldenCase @case) =>
        file.Root.Has("model") && @case.Has("input") && @case.Input.Has("max_new_tokens") && @case.Has("expected") && @case.Expected.Has("text") && @case.Expected.Has("ids") && @case.Expected.Has("stopped_on_eos");

    public void Run(GoldenCase @case, GoldenCheck check, CancellationToken cancellationToken)
    {
        var tokenizer = TokenizerFiles.Of(@case.File)!;
        var ids = @case.Expected["ids"].AsInts();
        check.Equal(@case.Expected["text"], tokenizer.Decode(ids));
        if (@case.Expected.Find("text_without_stop") is { } without) check.Equal(without, tokenizer.Decode(ids, skipSpecialTokens: true));
    }
}
