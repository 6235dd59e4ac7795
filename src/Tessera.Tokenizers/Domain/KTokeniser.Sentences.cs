namespace Tessera.Tokenizers.Domain;

/// <content>Which segmentation each word of a sentence gets.</content>
public sealed partial class KTokeniser
{
    /// <summary>A sentence with the words cut by the types that fit.</summary>
    private List<KToken> Sentence(string text, int start, int end, ReadOnlySpan<EncodedToken> tokens)
    {
        var words = Candidates(text, start, end, tokens);
        var posterior = Posterior(words);
        var result = new List<KToken>();
        var next = 0;
        foreach (var word in words)
        {
            while (next < word.First) Add(result, tokens[next++]);
            var (choice, scores) = (word.Fixed, word.Scores);
            if (choice < 0) choice = Choose(scores, posterior, _options.ContextWeight);
            // A fit in more tokens than the base needs would cost what other words gain.
            if (choice < Types.Count && word.Segmentations[choice].Count <= word.Last - word.First + 1 && Ids(word.Segmentations[choice]) is { } ids)
            {
                var at = word.Start;
                for (var i = 0; i < ids.Length; i++)
                {
                    var token = word.Segmentations[choice][i];
                    var length = SubwordTable.Bare(token).Length;
                    // The first one holds the blank that the base's first one holds.
                    result.Add(new KToken(ids[i], token, (i == 0 ? tokens[word.First].Offset.Start.Value : at)..(at + length), Types[choice].Name));
                    at += length;
                }

                next = word.Last + 1;
            }
        }

        while (next < tokens.Length) Add(result, tokens[next++]);
        return result;
    }

    private static void Add(List<KToken> result, EncodedToken token) => result.Add(new KToken(token.Id, token.Value, token.Offset, null));

    /// <summary>The words that may be cut anew: long enough, no stop words, and made of whole tokens of the base.</summary>
    private List<CandidateWord> Candidates(string text, int start, int end, ReadOnlySpan<EncodedToken> tokens)
    {
        var words = new List<CandidateWord>();
        if (Types.Count == 0) return words;
        var spans = WordSpan.Of(text.AsSpan(start, end - start).ToString()).Select(s => (Start: s.Start + start, End: s.End + start)).ToList();
        var types = TermTypes(text, spans);
        var at = 0;
        for (var i = 0; i < spans.Count; i++)
        {
            var (from, to) = spans[i];
            while (at < tokens.Length && tokens[at].Offset.End.Value <= from) at++;
            var first = at;
            while (at < tokens.Length && tokens[at].Offset.Start.Value < to) at++;
            // The blank before a word may be a token of its own.
            if (Base.ContinuationPrefix is null && first > 0 && first < at && tokens[first].Offset.Start.Value == from && tokens[first - 1].Offset.Start.Value == from - 1) first--;
            if (first == at || tokens[at - 1].Offset.End.Value != to || !Starts(text, tokens[first].Offset.Start.Value, from)) continue;
            var word = text[from..to];
            if (_options.Lowercase) word = word.ToLowerInvariant();
            if (!_foldsCase && !text.AsSpan(from, to - from).SequenceEqual(word)) continue; // its capitals would be lost
            if (word.Length != to - from || word.Length < _options.ShortestWord || !word.All(char.IsLetter) || _options.StopWords.Contains(word)) continue;
            words.Add(Candidate(word, from, first, at - 1, tokens, types[i]));
        }

        return words;
    }

    /// <summary>Whether a word begins where a token does: with the blank before it, where blanks are part of tokens.</summary>
    private bool Starts(string text, int token, int word) => Base.ContinuationPrefix is not null ? token == word : token == word - 1 && text[token] == ' ';

    private CandidateWord Candidate(string word, int start, int first, int last, ReadOnlySpan<EncodedToken> tokens, string? type)
    {
        var scores = new double[Types.Count + 1];
        var segmentations = new IReadOnlyList<string>[Types.Count];
        for (var t = 0; t < Types.Count; t++) (segmentations[t], scores[t]) = Types[t].Tokens.Segment(word)!.Value;
        for (var i = first; i <= last; i++) scores[^1] += _basePrices[tokens[i].Id] / (last - first + 1);
        var fixedType = type is null ? -1 : Types.Select(static t => t.Name).ToList().IndexOf(type);
        return new CandidateWord(start, first, last, scores, segmentations, fixedType);
    }

    /// <summary>The type of each word that is part of a whole term; the longest terms first.</summary>
    private string?[] TermTypes(string text, List<(int Start, int End)> spans)
    {
        var types = new string?[spans.Count];
        for (var i = 0; i < spans.Count; i++)
        {
            for (var length = Math.Min(_longestTerm, spans.Count - i); length > 0; length--)
            {
                if (!_terms.TryGetValue(Key(spans.Skip(i).Take(length).Select(s => text[s.Start..s.End])), out var type)) continue;
                types.AsSpan(i, length).Fill(type);
                i += length - 1;
                break;
            }
        }

        return types;
    }

    /// <summary>ln q of each type and, last, of the base: the prior times how well the sentence's words fit.</summary>
    private double[] Posterior(List<CandidateWord> words)
    {
        var logs = new double[Types.Count + 1];
        for (var t = 0; t < logs.Length; t++)
        {
            logs[t] = Math.Log(t < Types.Count ? (1 - _options.BasePrior) * Types[t].Prior : _options.BasePrior);
            foreach (var word in words) logs[t] -= word.Scores[t];
        }

        var most = logs.Max();
        var sum = most + Math.Log(logs.Sum(l => Math.Exp(l - most)));
        for (var t = 0; t < logs.Length; t++) logs[t] -= sum;
        return logs;
    }

    private int[]? Ids(IReadOnlyList<string> tokens)
    {
        var ids = new int[tokens.Count];
        for (var i = 0; i < ids.Length; i++)
        {
            if (_known.TryGetValue(Written(tokens[i]), out var id) || _new.TryGetValue(tokens[i], out id)) ids[i] = id;
            else return null; // a character that is no token of the base
        }

        return ids;
    }

    /// <summary>A word that may be cut anew: its place, the base's tokens that make it, and what each type (the base last) makes of it.</summary>
    private sealed record CandidateWord(int Start, int First, int Last, double[] Scores, IReadOnlyList<string>[] Segmentations, int Fixed);
}
