-- Ends every entry and lease of the partition, and tells nobody. Answers the last stamp.
begin()
cleared = give()
save()
return {last}
